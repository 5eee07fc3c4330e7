-- The role that API processes log in with. Roles belong to the whole cluster, so two databases may make it at once.
do $$
begin
  create role fabroute_api login noinherit nobypassrls;
exception
  when duplicate_object or unique_violation then null;
end $$;

create extension if not exists btree_gist;
