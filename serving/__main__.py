"""`make run`: the server."""

from __future__ import annotations

from serving.quiet import quieten


def main() -> None:
    """Serve until interrupted."""
    quieten()
    from serving.server import create_app
    from serving.settings import Settings

    settings = Settings.from_environment()
    app = create_app(settings)

    @app.after_server_start
    async def say_so(_app: object) -> None:
        print(f"ready: http://{settings.host}:{settings.port}", flush=True)

    app.run(host=settings.host, port=settings.port, single_process=True, motd=False, access_log=False)


if __name__ == "__main__":
    main()
