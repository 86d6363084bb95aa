"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From ${down_revision or "nothing"} to ${up_revision}. The way back is the backup made before."""
    ${upgrades if upgrades else "pass"}
