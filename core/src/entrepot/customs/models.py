"""What a destination calls a product in its own tariff, where six digits are not enough or another code is right."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from entrepot.storage.session import Model


class HsOverride(Model):
    """The code of a product for one destination; the product's own code counts everywhere else."""

    __tablename__ = "hs_override"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    #: A country, or "EU" for its customs union.
    destination: Mapped[str] = mapped_column(String(2), primary_key=True)
    hs_code: Mapped[str] = mapped_column(String(12))
