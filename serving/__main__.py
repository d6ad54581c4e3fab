"""`make run`: the server."""

from __future__ import annotations

from serving.quiet import quieten


def main() -> None:
    """Serve until interrupted."""
    from reasoning.strict_yaml import KnowledgeError
    from serving import release
    from serving.environment import SettingsError
    from serving.manifest import ManifestError
    from serving.settings import Settings

    try:
        settings = Settings.from_environment()
        release.check(settings)
    except (SettingsError, ManifestError, KnowledgeError, FileNotFoundError) as error:
        raise SystemExit(f"not started:\n{error}") from None
    quieten(settings.log_format, settings.log_level)
    from serving.server import create_app

    app = create_app(settings)

    @app.after_server_start
    async def say_so(_app: object) -> None:
        print(f"ready: http://{settings.host}:{settings.port}", flush=True)

    app.run(host=settings.host, port=settings.port, single_process=True, motd=False, access_log=False)


if __name__ == "__main__":
    main()
