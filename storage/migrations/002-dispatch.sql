-- Dispatch by region: stops that were asked for, what each decision was decided from, and who changed the rules.

create table "stop_request" ("fulfilment_id" text not null, "order_id" text not null, "region" text not null, "state" text not null default 'open', "round" int not null default 1, "wanted_vehicle_id" text null, "refusal" jsonb null, "told" boolean not null default false, "asked_at" timestamptz(3) not null default now(), "decided_at" timestamptz(3) null, primary key ("fulfilment_id"));
create index "stop_request_order" on "stop_request" ("order_id");
create index "stop_request_waiting" on "stop_request" ("region", "state") where ((state = 'open'::text) or ((told = false) and (state = any (array['planned'::text, 'refused'::text]))));
alter table "stop_request" add constraint "stop_request_state_check" check ("state" in ('open', 'planned', 'refused', 'withdrawn'));
alter table "stop_request" add constraint "stop_request_fulfilment_id_foreign" foreign key ("fulfilment_id") references "fulfilment" ("id") on update cascade on delete cascade;
alter table "stop_request" add constraint "stop_request_order_id_foreign" foreign key ("order_id") references "orders" ("id");

create table "dispatch_batch" ("id" text not null, "region" text not null, "rules_version" int not null, "data_version" text not null, "requests" int not null, "recording" bytea not null, "decided_at" timestamptz(3) not null default now(), primary key ("id"));
create index "dispatch_batch_day" on "dispatch_batch" ("region", "decided_at");
create index "dispatch_batch_age" on "dispatch_batch" ("decided_at");

alter table "decision" add column "rules_version" int null, add column "batch_id" text null;
alter table "rules" add column "author" text not null default 'fabroute', add column "restored_version" int null, add column "simulation_id" text null;
revoke all on "stop_request", "dispatch_batch" from public;
grant insert on "rules" to fabroute_api;
