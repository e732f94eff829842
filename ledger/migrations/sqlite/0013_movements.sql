-- What caused an entry is found by its operation.
CREATE INDEX refunds_by_operation ON refunds (operation_id);
CREATE INDEX refund_ends_by_operation ON refund_ends (operation_id);
CREATE INDEX payouts_by_operation ON payouts (operation_id);
CREATE INDEX payout_ends_by_operation ON payout_ends (operation_id);
