-- Parcels: what warehouses hand to a carrier, and what the carrier says became of it.

alter table "offer" drop constraint "offer_method_check";
alter table "offer" add constraint "offer_method_check" check ("method" in ('truck', 'pickup', 'carrier'));
alter table "fulfilment" drop constraint "fulfilment_method_check";
alter table "fulfilment" add constraint "fulfilment_method_check" check ("method" in ('truck', 'pickup', 'carrier'));

create table "shipment" ("id" text not null, "fulfilment_id" text not null, "order_id" text not null, "storefront_id" text not null, "nth" int not null, "carrier" text not null, "number" text not null, "service" text not null, "state" text not null default 'booked', "label" bytea not null, "expected_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));
create index "shipment_order" on "shipment" ("order_id");
alter table "shipment" add constraint "shipment_nth" unique ("fulfilment_id", "nth");
alter table "shipment" add constraint "shipment_number" unique ("carrier", "number");
alter table "shipment" add constraint "shipment_service_check" check ("service" in ('standard', 'express'));
alter table "shipment" add constraint "shipment_state_check" check ("state" in ('booked', 'collected', 'in_transit', 'out_for_delivery', 'delivered', 'returned', 'lost', 'cancelled'));

create table "shipment_event" ("shipment_id" text not null, "sequence" int not null, "storefront_id" text not null, "type" text not null, "at" timestamptz(3) not null, "told_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), primary key ("shipment_id", "sequence"));

alter table "shipment" add constraint "shipment_fulfilment_id_foreign" foreign key ("fulfilment_id") references "fulfilment" ("id");
alter table "shipment" add constraint "shipment_order_id_foreign" foreign key ("order_id") references "orders" ("id");
alter table "shipment_event" add constraint "shipment_event_shipment_id_foreign" foreign key ("shipment_id") references "shipment" ("id");

alter table "shipment" enable row level security;
create policy "tenant" on "shipment" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
alter table "shipment_event" enable row level security;
create policy "tenant" on "shipment_event" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));

-- Finds what a carrier speaks of before the tenant is known, so it runs as the owner.
create function shipment_at(of_carrier text, tracking_number text)
returns table (id text, storefront_id text, order_id text, fulfilment_id text)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.id, s.storefront_id, s.order_id, s.fulfilment_id from shipment s
  where s.carrier = of_carrier and s.number = tracking_number
$$;

revoke all on shipment, shipment_event from public;
revoke execute on function shipment_at(text, text) from public;
grant select, update on shipment to fabroute_api;
grant select, insert, update on shipment_event to fabroute_api;
grant execute on function shipment_at(text, text) to fabroute_api;
