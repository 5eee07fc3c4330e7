#!/bin/sh
# Makes the broker's authority and one certificate for the broker, the platform and each site; what is there is kept.
set -eu
out=${CERTIFICATES_DIR:-/certificates}
days=825
mkdir -p "$out/authority" "$out/broker" "$out/platform" "$out/gateway"
chmod 700 "$out/authority"

if [ ! -s "$out/authority/ca.crt" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj '/CN=Fabroute devices' -keyout "$out/authority/ca.key" -out "$out/authority/ca.new" 2>/dev/null
  mv "$out/authority/ca.new" "$out/authority/ca.crt"
fi

# issue <folder> <common name> <owner's uid> <extensions>: the name is what the broker's access list goes by.
issue() {
  folder=$1 name=$2 owner=$3 extensions=$4
  cp "$out/authority/ca.crt" "$folder/ca.crt"
  if [ ! -s "$folder/$name.crt" ]; then
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
      -keyout "$folder/$name.key" -out "$folder/$name.csr" 2>/dev/null
    printf '%s\n' "$extensions" > "$folder/$name.ext"
    openssl x509 -req -in "$folder/$name.csr" -CA "$out/authority/ca.crt" -CAkey "$out/authority/ca.key" \
      -CAcreateserial -days "$days" -extfile "$folder/$name.ext" -out "$folder/$name.new" 2>/dev/null
    rm "$folder/$name.csr" "$folder/$name.ext"
    mv "$folder/$name.new" "$folder/$name.crt"
  fi
  chmod 600 "$folder/$name.key"
  if [ "$(id -u)" = 0 ]; then chown -R "$owner" "$folder"; fi
}

issue "$out/broker" broker "${BROKER_UID:-1883}" "subjectAltName=DNS:broker,DNS:localhost,IP:127.0.0.1
extendedKeyUsage=serverAuth"
issue "$out/platform" platform "${OUR_UID:-1000}" 'extendedKeyUsage=clientAuth'
for site in ${SITES:?the ids of the sites}; do
  issue "$out/gateway" "$site" "${OUR_UID:-1000}" 'extendedKeyUsage=clientAuth'
done
echo 'certificates are ready'
