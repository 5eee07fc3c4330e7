-- How long each vehicle has been driven in its driver's day, when it set off where it drives, and when it last stood.

alter table "vehicle" add column "driven_seconds" double precision not null default 0, add column "departed_at" timestamptz(3) null, add column "stood_at" timestamptz(3) null;
