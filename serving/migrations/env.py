"""What Alembic runs for a command of serving/migrate.py, which hands the connection over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
