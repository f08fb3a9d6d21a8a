"""The state database of the closed loops: who may do what, what was done, and what must not be lost.

SQLAlchemy 2, SQLite in WAL mode by default, PostgreSQL by `SANZAO_DATABASE`; the schema is Alembic's. A module that
keeps something here declares its tables on `Base` and adds a migration; nothing is created outside of one.
"""

from serving.database.base import Base
from serving.database.connection import connect, transaction
from serving.database.schema import upgrade

__all__ = ["Base", "connect", "transaction", "upgrade"]
