-- Simulations that planners ask for over the API.

create table "simulation" ("id" text not null, "storefront_id" text not null, "kind" text not null, "state" text not null default 'queued', "author" text not null, "scenarios" jsonb not null, "design" jsonb not null, "done" int not null default 0, "expected" int not null default 0, "result" jsonb null, "artifacts" jsonb not null default '[]', "failure" text null, "workflow_started_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "ended_at" timestamptz(3) null, primary key ("id"));
create index "simulation_list" on "simulation" ("storefront_id", "id");
create index "simulation_not_started" on "simulation" ("created_at") where (workflow_started_at is null);
alter table "simulation" add constraint "simulation_kind_check" check ("kind" in ('run', 'compare'));
alter table "simulation" add constraint "simulation_state_check" check ("state" in ('queued', 'running', 'completed', 'failed', 'cancelled'));
alter table "simulation" enable row level security;
create policy "tenant" on "simulation" to "fabroute_api" using (storefront_id = current_setting('fabroute.storefront'::text, true)) with check (storefront_id = current_setting('fabroute.storefront'::text, true));
revoke all on "simulation" from public;
grant select, insert on "simulation" to fabroute_api;
grant update ("workflow_started_at") on "simulation" to fabroute_api;
