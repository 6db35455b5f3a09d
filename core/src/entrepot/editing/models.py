"""The rows of orders and payments that an edit changes; their tables belong to those slices."""

from __future__ import annotations

from entrepot.orders.models import Fulfilment as Fulfilment
from entrepot.orders.models import FulfilmentLine as FulfilmentLine
from entrepot.orders.models import Order as Order
from entrepot.orders.models import OrderEdit as OrderEdit
from entrepot.orders.models import OrderLine as OrderLine
from entrepot.payments.models import PaymentAttempt as PaymentAttempt
