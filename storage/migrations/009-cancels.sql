-- When a cancel of an order was taken: giving everything back takes its time, and until then nothing else may be asked of it.

alter table "orders" add column "cancel_requested_at" timestamptz(3) null;
