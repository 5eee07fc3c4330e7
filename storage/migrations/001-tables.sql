-- The tables of the entities in storage/records, as the schema generator writes them.

create table "device_command" ("command_id" text not null, "machine_id" text not null, "job_id" text null, "attempt" int null, "type" text not null, "payload" jsonb not null, "reply" jsonb null, "sent_at" timestamptz(3) not null default now(), "replied_at" timestamptz(3) null, primary key ("command_id"));
create index "device_command_job" on "device_command" ("job_id", "attempt");

create table "device_event" ("source" text not null, "boot_id" text not null, "evt_seq" bigint not null, "type" text not null, "payload" jsonb not null, "received_at" timestamptz(3) not null default now(), "processed_at" timestamptz(3) null, primary key ("source", "boot_id", "evt_seq"));
create index "device_event_waiting" on "device_event" ("received_at") where (processed_at is null);

create table "inbox_mail" ("id" text not null, "message_id" text not null, "received_at" timestamptz(3) not null default now(), "sender" text not null, "recipient" text not null, "subject" text not null, "text" text not null, primary key ("id"));
alter table "inbox_mail" add constraint "inbox_mail_message" unique ("message_id");
create index "inbox_mail_list" on "inbox_mail" ("received_at");

create table "instructions_cache" ("key" text not null, "sha256" text not null, "size_bytes" bigint not null, "grams" double precision not null, "seconds" double precision not null, "created_at" timestamptz(3) not null default now(), primary key ("key"));

create table "reservation" ("id" text not null, "resource_id" text not null, "during" tstzrange not null, "state" text not null, "offer_id" text not null, "storefront_id" text null, "order_id" text null, "fulfilment_id" text null, "expires_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "reservation_offer" on "reservation" ("offer_id");
create index "reservation_fulfilment" on "reservation" ("fulfilment_id");
alter table "reservation" add constraint "reservation_no_overlap" EXCLUDE USING gist (resource_id WITH =, during WITH &&);
alter table "reservation" add constraint "reservation_not_empty" check (not isempty(during));
alter table "reservation" add constraint "reservation_expiry" check ((state = 'held') = (expires_at is not null));
alter table "reservation" add constraint "reservation_state_check" check ("state" in ('held', 'booked'));

create table "rules" ("kind" text not null, "region" text not null, "version" int not null, "data" jsonb not null, "reason" text not null, "created_at" timestamptz(3) not null default now(), primary key ("kind", "region", "version"));

create table "site" ("id" text not null, "kind" text not null, "name" text not null, "region" text not null, "lon" double precision not null, "lat" double precision not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "site_region" on "site" ("region", "kind");
alter table "site" add constraint "site_kind_check" check ("kind" in ('warehouse', 'truck', 'lockers', 'kiosk', 'home'));

create table "machine" ("id" text not null, "site_id" text not null, "model" text not null, "caps" jsonb not null, "phase" text not null default 'OFFLINE', "plate_clear" boolean not null default true, "rating" double precision not null default 1, "speed" double precision not null default 1, "cool_down_minutes" double precision not null default 0, "cents_per_minute" bigint not null default '0', "enabled" boolean not null default true, "last_seen_at" timestamptz(3) null, "boot_id" text null, "seq" bigint not null default '0', "progress" real not null default 0, "current_job_id" text null, "current_attempt" int null, "temps" jsonb null, "state_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "machine_site" on "machine" ("site_id");
create index "machine_current_job" on "machine" ("current_job_id");
create index "machine_last_seen" on "machine" ("last_seen_at");
alter table "machine" add constraint "machine_rating" check (rating::numeric >= 0 and rating::numeric <= 1);
alter table "machine" add constraint "machine_speed" check (speed::numeric > 0);
alter table "machine" add constraint "machine_phase_check" check ("phase" in ('OFFLINE', 'IDLE', 'READY', 'PREPARING', 'PRINTING', 'PAUSED', 'FINISHED', 'HARVESTED', 'STOPPED', 'ATTENTION', 'ERROR', 'MAINTENANCE'));

create table "compartment" ("id" text not null, "site_id" text not null, "label" text not null, "size_mm" jsonb not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
alter table "compartment" add constraint "compartment_label" unique ("site_id", "label");

create table "storefront" ("id" text not null, "name" text not null, "mode" text not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
alter table "storefront" add constraint "storefront_mode_check" check ("mode" in ('live', 'test'));

create table "idempotency" ("storefront_id" text not null, "method" text not null, "path" text not null, "key" text not null, "fingerprint" bytea not null, "state" text not null default 'running', "status" int null, "headers" jsonb null, "body" bytea null, "created_at" timestamptz(3) not null default now(), primary key ("storefront_id", "method", "path", "key"));
create index "idempotency_age" on "idempotency" ("created_at");
alter table "idempotency" add constraint "idempotency_answer" check ((state = 'done') = (status is not null));
alter table "idempotency" add constraint "idempotency_state_check" check ("state" in ('running', 'done'));

create table "data_key" ("id" text not null, "storefront_id" text not null, "buyer_id" text null, "wrapped" bytea null, "erased_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create unique index "data_key_owner" on "data_key" ("storefront_id", coalesce("buyer_id", ''));
alter table "data_key" add constraint "data_key_erased" check ((wrapped is null) = (erased_at is not null));

create table "buyer" ("id" text not null, "storefront_id" text not null, "reference" text null, "personal" bytea null, "email_index" bytea null, "erased_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "buyer_email" on "buyer" ("storefront_id", "email_index");
create index "buyer_list" on "buyer" ("storefront_id", "created_at" desc, "id" desc);
alter table "buyer" add constraint "buyer_reference" unique ("storefront_id", "reference");

create table "quote" ("id" text not null, "storefront_id" text not null, "buyer_id" text null, "request" jsonb not null, "destination" bytea null, "why_not" jsonb not null default '[]', "decision" jsonb null, "expires_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "quote_list" on "quote" ("storefront_id", "created_at" desc, "id" desc);

create table "orders" ("id" text not null, "storefront_id" text not null, "buyer_id" text not null, "quote_id" text not null, "reference" text null, "currency" text not null, "total_cents" bigint not null, "status" text not null default 'awaiting_authorization', "hold_reason" text null, "payment_method" jsonb not null, "destination" bytea null, "due_by" timestamptz(3) null, "cancel_until" timestamptz(3) null, "event_sequence" int not null default 0, "version" int not null default 1, "workflow_started_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));
create index "orders_list" on "orders" ("storefront_id", "created_at" desc, "id" desc);
create index "orders_not_started" on "orders" ("created_at") where (workflow_started_at is null);
create index "orders_buyer" on "orders" ("buyer_id");
create index "orders_quote" on "orders" ("quote_id");
create index "orders_reference" on "orders" ("storefront_id", "reference");
alter table "orders" add constraint "orders_total" check (total_cents >= 0);
alter table "orders" add constraint "orders_status_check" check ("status" in ('awaiting_authorization', 'confirmed', 'planning', 'making', 'ready', 'in_transit', 'ready_for_pickup', 'delivered', 'settled', 'cancelled', 'unfulfillable', 'refunded', 'returned', 'on_hold', 'partially_completed'));

create table "payment" ("id" text not null, "order_id" text not null, "storefront_id" text not null, "state" text not null default 'pending', "amount_cents" bigint not null, "currency" text not null, "method" jsonb not null, "reference" text null, "failure_code" text null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "payment_order" on "payment" ("order_id");
alter table "payment" add constraint "payment_amount" check (amount_cents >= 0);
alter table "payment" add constraint "payment_state_check" check ("state" in ('pending', 'declined', 'held', 'captured', 'released', 'refunded'));

create table "notice" ("id" text not null, "order_id" text not null, "storefront_id" text not null, "kind" text not null, "state" text not null default 'pending', "attempts" int not null default 0, "next_at" timestamptz(3) not null default now(), "sent_at" timestamptz(3) null, "data" jsonb not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "notice_order" on "notice" ("order_id");
create index "notice_due" on "notice" ("next_at") where (state = 'pending'::text);
alter table "notice" add constraint "notice_state_check" check ("state" in ('pending', 'sent', 'failed'));

create table "event" ("id" text not null, "storefront_id" text not null, "order_id" text not null, "sequence" int not null, "type" text not null, "data" jsonb not null, "previous" jsonb null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "event_list" on "event" ("storefront_id", "id");
alter table "event" add constraint "event_sequence" unique ("order_id", "sequence");

create table "decision" ("id" text not null, "storefront_id" text not null, "order_id" text null, "quote_id" text null, "subject_id" text not null, "kind" text not null, "chosen" text null, "candidates" jsonb not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "decision_order" on "decision" ("order_id");
create index "decision_quote" on "decision" ("quote_id");
alter table "decision" add constraint "decision_kind_check" check ("kind" in ('access', 'offers', 'machine', 'dispatch', 'split'));

create table "attention" ("id" text not null, "order_id" text not null, "storefront_id" text not null, "workflow_id" text not null, "step" text not null, "code" text not null, "facts" jsonb not null, "opened_at" timestamptz(3) not null default now(), "resolved_at" timestamptz(3) null, "action" text null, "operator" text null, "note" text null, primary key ("id"));
create index "attention_order" on "attention" ("order_id");
create index "attention_open" on "attention" ("opened_at") where (resolved_at is null);
alter table "attention" add constraint "attention_action_check" check ("action" in ('retry', 'retryWith', 'skip', 'cancel'));

create table "credential" ("id" text not null, "storefront_id" text not null, "buyer_id" text not null, "kind" text not null, "issuer" text not null, "jurisdiction" text not null, "valid_until" timestamptz(3) null, "data" bytea not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "credential_buyer" on "credential" ("buyer_id", "kind");

create table "api_key" ("id" text not null, "storefront_id" text not null, "name" text not null, "hash" bytea not null, "hint" text not null, "scopes" text[] not null, "expires_at" timestamptz(3) null, "revoked_at" timestamptz(3) null, "last_used_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
alter table "api_key" add constraint "api_key_hash_unique" unique ("hash");
create index "api_key_storefront" on "api_key" ("storefront_id");

create table "supplier" ("id" text not null, "name" text not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));

create table "item" ("id" text not null, "supplier_id" text not null, "title" text not null, "description" text not null, "made" boolean not null, "stocked" boolean not null, "process" text not null, "materials" text[] not null, "colours" text[] not null, "size_mm" jsonb not null, "mass_grams" double precision not null, "making_minutes" double precision not null, "resolution_microns" double precision not null, "price_cents" bigint not null, "royalty_cents" bigint not null, "currency" text not null, "restriction" text null, "licence_id" text not null, "instructions" jsonb not null, "version" int not null default 1, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));
create index "item_search" on "item" using gin (to_tsvector('simple'::regconfig, "title" || ' ' || "description"));
create index "item_list" on "item" ("created_at" desc, "id" desc);
create index "item_supplier" on "item" ("supplier_id");
alter table "item" add constraint "item_offered" check (made or stocked);
alter table "item" add constraint "item_price" check (price_cents >= 0 and royalty_cents >= 0);
alter table "item" add constraint "item_process_check" check ("process" in ('fdm', 'sla', 'sls', 'cnc'));

create table "licence" ("id" text not null, "item_id" text not null, "owner_supplier_id" text not null, "currency" text not null, "royalty_cents" bigint not null, "ledger_account" text not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "licence_item" on "licence" ("item_id");
alter table "licence" add constraint "licence_royalty" check (royalty_cents >= 0);

create table "vehicle" ("id" text not null, "site_id" text not null, "name" text not null, "region" text not null, "in_service" boolean not null default true, "lon" double precision not null, "lat" double precision not null, "heading" double precision null, "stops" jsonb not null default '[]', "stops_version" int not null default 0, "repeats_round" boolean not null default false, "shift_ends_at" timestamptz(3) null, "seen_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "vehicle_region" on "vehicle" ("region", "in_service");
create index "vehicle_site" on "vehicle" ("site_id");

create table "offer" ("id" text not null, "quote_id" text not null, "storefront_id" text not null, "line" int not null, "item_id" text not null, "quantity" int not null, "customization" jsonb null, "method" text not null, "kind" text not null, "site_id" text not null, "machine_id" text not null, "vehicle_id" text null, "compartment_id" text null, "price" jsonb not null, "total_cents" bigint not null, "currency" text not null, "promise" jsonb not null, "expires_at" timestamptz(3) not null, "state" text not null default 'open', "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "offer_quote" on "offer" ("quote_id", "line");
alter table "offer" add constraint "offer_quantity" check (quantity > 0);
alter table "offer" add constraint "offer_total" check (total_cents >= 0);
alter table "offer" add constraint "offer_method_check" check ("method" in ('truck', 'pickup'));
alter table "offer" add constraint "offer_kind_check" check ("kind" in ('made', 'stocked'));
alter table "offer" add constraint "offer_state_check" check ("state" in ('open', 'ordered'));

create table "order_line" ("id" text not null, "order_id" text not null, "storefront_id" text not null, "position" int not null, "item_id" text not null, "title" text not null, "quantity" int not null, "customization" jsonb null, "offer_id" text not null, "fulfilment_id" text null, "unit_cents" bigint not null, "total_cents" bigint not null, "state" text not null default 'awaiting_authorization', "pending" int not null, "made" int not null default 0, "delivered" int not null default 0, "cancelled" int not null default 0, primary key ("id"));
create index "order_line_fulfilment" on "order_line" ("fulfilment_id");
alter table "order_line" add constraint "order_line_position" unique ("order_id", "position");
alter table "order_line" add constraint "order_line_offer" unique ("offer_id");
alter table "order_line" add constraint "order_line_buckets" check (quantity > 0 and pending >= 0 and made >= 0 and delivered >= 0 and cancelled >= 0 and pending + made + delivered + cancelled = quantity);
alter table "order_line" add constraint "order_line_state_check" check ("state" in ('awaiting_authorization', 'confirmed', 'planning', 'making', 'ready', 'in_transit', 'ready_for_pickup', 'delivered', 'settled', 'cancelled', 'unfulfillable', 'refunded', 'returned'));

create table "fulfilment" ("id" text not null, "order_id" text not null, "storefront_id" text not null, "offer_id" text not null, "method" text not null, "site_id" text not null, "machine_id" text null, "vehicle_id" text null, "compartment_id" text null, "state" text not null default 'planned', "access_code" bytea null, "access_code_hash" bytea null, "promise" jsonb not null, "arrived_at" timestamptz(3) null, "delivered_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "fulfilment_order" on "fulfilment" ("order_id");
create index "fulfilment_vehicle" on "fulfilment" ("vehicle_id", "state");
create index "fulfilment_compartment" on "fulfilment" ("compartment_id", "state");
alter table "fulfilment" add constraint "fulfilment_offer" unique ("offer_id");
alter table "fulfilment" add constraint "fulfilment_method_check" check ("method" in ('truck', 'pickup'));
alter table "fulfilment" add constraint "fulfilment_state_check" check ("state" in ('planned', 'making', 'made', 'in_transit', 'ready_for_pickup', 'expired', 'delivered', 'cancelled', 'failed'));

create table "job" ("id" text not null, "fulfilment_id" text not null, "order_id" text not null, "storefront_id" text not null, "line_id" text not null, "unit" int not null, "state" text not null default 'planned', "attempt" int not null default 0, "machine_id" text null, "artifact_sha256" text null, "progress" real not null default 0, "printed_seconds" double precision null, "grams" double precision null, "tried_machine_ids" text[] not null default '{}', "failure_code" text null, "started_at" timestamptz(3) null, "finished_at" timestamptz(3) null, "harvested_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "job_fulfilment" on "job" ("fulfilment_id");
create index "job_order" on "job" ("order_id");
create index "job_machine" on "job" ("machine_id", "state");
alter table "job" add constraint "job_unit" unique ("line_id", "unit");
alter table "job" add constraint "job_state_check" check ("state" in ('planned', 'assigned', 'preparing', 'printing', 'finished', 'harvested', 'failed', 'cancelled'));

alter table "machine" add constraint "machine_site_id_foreign" foreign key ("site_id") references "site" ("id");

alter table "compartment" add constraint "compartment_site_id_foreign" foreign key ("site_id") references "site" ("id");

alter table "idempotency" add constraint "idempotency_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");

alter table "data_key" add constraint "data_key_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");

alter table "buyer" add constraint "buyer_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");

alter table "quote" add constraint "quote_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");
alter table "quote" add constraint "quote_buyer_id_foreign" foreign key ("buyer_id") references "buyer" ("id") on delete set null;

alter table "orders" add constraint "orders_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");
alter table "orders" add constraint "orders_buyer_id_foreign" foreign key ("buyer_id") references "buyer" ("id");
alter table "orders" add constraint "orders_quote_id_foreign" foreign key ("quote_id") references "quote" ("id");

alter table "payment" add constraint "payment_order_id_foreign" foreign key ("order_id") references "orders" ("id");

alter table "notice" add constraint "notice_order_id_foreign" foreign key ("order_id") references "orders" ("id");

alter table "event" add constraint "event_order_id_foreign" foreign key ("order_id") references "orders" ("id");

alter table "decision" add constraint "decision_order_id_foreign" foreign key ("order_id") references "orders" ("id") on delete set null;
alter table "decision" add constraint "decision_quote_id_foreign" foreign key ("quote_id") references "quote" ("id") on delete set null;

alter table "attention" add constraint "attention_order_id_foreign" foreign key ("order_id") references "orders" ("id");

alter table "credential" add constraint "credential_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");
alter table "credential" add constraint "credential_buyer_id_foreign" foreign key ("buyer_id") references "buyer" ("id");

alter table "api_key" add constraint "api_key_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");

alter table "item" add constraint "item_supplier_id_foreign" foreign key ("supplier_id") references "supplier" ("id");

alter table "licence" add constraint "licence_item_id_foreign" foreign key ("item_id") references "item" ("id");
alter table "licence" add constraint "licence_owner_supplier_id_foreign" foreign key ("owner_supplier_id") references "supplier" ("id");

alter table "vehicle" add constraint "vehicle_site_id_foreign" foreign key ("site_id") references "site" ("id");

alter table "offer" add constraint "offer_quote_id_foreign" foreign key ("quote_id") references "quote" ("id");
alter table "offer" add constraint "offer_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id");
alter table "offer" add constraint "offer_item_id_foreign" foreign key ("item_id") references "item" ("id");
alter table "offer" add constraint "offer_site_id_foreign" foreign key ("site_id") references "site" ("id");
alter table "offer" add constraint "offer_machine_id_foreign" foreign key ("machine_id") references "machine" ("id");
alter table "offer" add constraint "offer_vehicle_id_foreign" foreign key ("vehicle_id") references "vehicle" ("id") on delete set null;
alter table "offer" add constraint "offer_compartment_id_foreign" foreign key ("compartment_id") references "compartment" ("id") on delete set null;

alter table "order_line" add constraint "order_line_order_id_foreign" foreign key ("order_id") references "orders" ("id");
alter table "order_line" add constraint "order_line_item_id_foreign" foreign key ("item_id") references "item" ("id");
alter table "order_line" add constraint "order_line_offer_id_foreign" foreign key ("offer_id") references "offer" ("id");

alter table "fulfilment" add constraint "fulfilment_order_id_foreign" foreign key ("order_id") references "orders" ("id");
alter table "fulfilment" add constraint "fulfilment_offer_id_foreign" foreign key ("offer_id") references "offer" ("id");
alter table "fulfilment" add constraint "fulfilment_site_id_foreign" foreign key ("site_id") references "site" ("id");
alter table "fulfilment" add constraint "fulfilment_machine_id_foreign" foreign key ("machine_id") references "machine" ("id") on delete set null;
alter table "fulfilment" add constraint "fulfilment_vehicle_id_foreign" foreign key ("vehicle_id") references "vehicle" ("id") on delete set null;
alter table "fulfilment" add constraint "fulfilment_compartment_id_foreign" foreign key ("compartment_id") references "compartment" ("id") on delete set null;

alter table "job" add constraint "job_fulfilment_id_foreign" foreign key ("fulfilment_id") references "fulfilment" ("id");
alter table "job" add constraint "job_order_id_foreign" foreign key ("order_id") references "orders" ("id");
alter table "job" add constraint "job_line_id_foreign" foreign key ("line_id") references "order_line" ("id");
alter table "job" add constraint "job_machine_id_foreign" foreign key ("machine_id") references "machine" ("id") on delete set null;

alter table "storefront" enable row level security;
create policy "tenant" on "storefront" for select to "fabroute_api" using (id = current_setting('fabroute.storefront'::text, true));
alter table "idempotency" enable row level security;
create policy "tenant" on "idempotency" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "data_key" enable row level security;
create policy "tenant" on "data_key" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "buyer" enable row level security;
create policy "tenant" on "buyer" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "quote" enable row level security;
create policy "tenant" on "quote" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "orders" enable row level security;
create policy "tenant" on "orders" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "payment" enable row level security;
create policy "tenant" on "payment" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "notice" enable row level security;
create policy "tenant" on "notice" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "event" enable row level security;
create policy "tenant" on "event" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "decision" enable row level security;
create policy "tenant" on "decision" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "attention" enable row level security;
create policy "tenant" on "attention" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "credential" enable row level security;
create policy "tenant" on "credential" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "api_key" enable row level security;
create policy "tenant" on "api_key" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "offer" enable row level security;
create policy "tenant" on "offer" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "order_line" enable row level security;
create policy "tenant" on "order_line" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "fulfilment" enable row level security;
create policy "tenant" on "fulfilment" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "job" enable row level security;
create policy "tenant" on "job" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));

