#!/bin/sh
# Prepares the map once, then answers on port 5000; another map is prepared anew.
set -eu
home=${OSRM_HOME:-/opt/osrm}
version=$(sha256sum "${MAP:?the map to route over}" | cut -c1-16)
graph=${OSRM_DATA:-/data}/$version
case "$MAP" in *.pbf) map=$graph.new/map.osm.pbf ;; *) map=$graph.new/map.osm ;; esac
if [ ! -d "$graph" ]; then
  rm -rf "$graph.new" && mkdir -p "$graph.new"
  ln -s "$MAP" "$map"
  "$home/bin/osrm-extract" -p "$home/profiles/car.lua" --data_version "$version" "$map"
  "$home/bin/osrm-partition" "$graph.new/map.osrm"
  "$home/bin/osrm-customize" "$graph.new/map.osrm"
  mv "$graph.new" "$graph"
fi
exec "$home/bin/osrm-routed" --algorithm mld -i "${OSRM_IP:-0.0.0.0}" -p "${OSRM_PORT:-5000}" \
  --max-table-size 1000 "$graph/map.osrm"
