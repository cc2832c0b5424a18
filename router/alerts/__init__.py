"""What a person must know before users notice: conditions, each told once and again when it is over."""

from router.alerts.choice import chosen_kinds as chosen_kinds
from router.alerts.choice import watch_of as watch_of
from router.alerts.conditions import KIND_WORDS as KIND_WORDS
from router.alerts.conditions import STOPS_WORK as STOPS_WORK
from router.alerts.conditions import AlertKind as AlertKind
from router.alerts.conditions import Condition as Condition
from router.alerts.conditions import standing_conditions as standing_conditions
from router.alerts.delivery import AlertMessage as AlertMessage
from router.alerts.delivery import DeliveryFault as DeliveryFault
from router.alerts.delivery import send_alert as send_alert
from router.alerts.watch import AlertWatch as AlertWatch
from router.alerts.watch import trial_message as trial_message
