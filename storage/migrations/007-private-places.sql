-- Sites and items of one storefront: it is served from its own sites alone, and nobody else sees or uses them.

alter table "site" add column "storefront_id" text null;
alter table "site" add constraint "site_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id") on delete restrict;
alter table "item" add column "storefront_id" text null;
alter table "item" add constraint "item_storefront_id_foreign" foreign key ("storefront_id") references "storefront" ("id") on delete restrict;
-- A region is everybody's or one storefront's: what is planned for a region need not ask whose its places are.
alter table "site" add constraint "site_region_owner" EXCLUDE USING gist (region WITH =, COALESCE(storefront_id, ''::text) WITH <>);
