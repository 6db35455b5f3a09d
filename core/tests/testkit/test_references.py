"""Correct plugins pass their examiners: what the kit asks for can be done."""

from __future__ import annotations

from entrepot.testkit import (
    CarrierConformance,
    ChannelConformance,
    CustomsConformance,
    FeatureConformance,
    NotifierConformance,
    PaymentConformance,
    TaxConformance,
)

from . import samples
from .references import feature_tide


class TestPayment(samples.PaymentSamples, PaymentConformance):
    pass


class TestCarrier(samples.CarrierSamples, CarrierConformance):
    pass


class TestTax(samples.TaxSamples, TaxConformance):
    pass


class TestCustoms(samples.CustomsSamples, CustomsConformance):
    pass


class TestNotifier(samples.NotifierSamples, NotifierConformance):
    pass


class TestChannel(samples.ChannelSamples, ChannelConformance):
    pass


class TestFeature(FeatureConformance):
    package = feature_tide
