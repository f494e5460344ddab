"""Where programs have passwords among their words, after their manuals. Data, read by `password_places`."""

from collections.abc import Iterator
from typing import Final

# Programs, and where each has a password: words as they are written (`*` for a part), `_` for any other, `!`
# for the password, `:!` for the one behind a user and a colon, `/!` behind a slash, `/!@` where a database
# must follow, `userid=/!` with a name in front. A place that begins with one of these signs alone begins with
# the first argument. `-b` is an option that must be there. The first that fits counts.
PLACES: Final = """
    rabbitmqctl: add_user _ ! ; change_password _ ! ; authenticate_user _ ! ; hash_password !
    mc mcli minio-client: alias set _ _ _ ! ; config host add _ _ _ ! ; admin user add _ _ !
    redis-cli valkey-cli keydb-cli: config set requirepass ! ; config set masterauth !
    redis-cli valkey-cli keydb-cli: sentinel set _ auth-pass !
    redis-cli valkey-cli keydb-cli: auth _ ! ; auth !
    mysqladmin mariadb-admin: password !
    htpasswd: -n -b _ ! ; -b _ _ !
    mosquitto_passwd: -b _ _ !
    vault bao openbao: login ! ; operator unseal !
    aws aws-cli: configure set *aws_secret_access_key ! ; configure set *aws_session_token !
    etcdctl: user add :!
    consul: acl set-agent-token _ !
    neo4j-admin: set-initial-password !
    grafana grafana-cli: admin reset-admin-password !
    ejabberdctl: register _ _ ! ; change_password _ _ !
    prosodyctl: register _ _ !
    samba-tool: user create _ ! ; user add _ !
    setup setup.sh: email add _ ! ; email update _ !
    filebrowser: users add _ !
    radtest: _ !
    wpa_passphrase: _ !
    nmcli: password !
    rclone: obscure !
    cargo: login !
    ngrok: authtoken ! ; config add-authtoken !
    cloudflared: service install !
    nuget: setapikey !
    poetry: config http-basic.* _ ! ; config pypi-token.* !
    composer: config http-basic.* _ ! ; config *-oauth.* ! ; config *-token.* ! ; config bearer.* !
    npm pnpm yarn: config set *authtoken !
    bundle bundler: config set *.* :! ; config set *://* :! ; config *.* :! ; config *://* :!
    openssl: passwd !
    mkpasswd: !
    pihole: setpassword !
    add-user add-user.sh: _ !
    mosquitto_ctrl: dynsec setclientpassword _ ! ; dynsec init _ _ !
    wpa_cli: set_network _ psk ! ; set_network _ password !
    iwconfig: _ key !
    deluge-console: connect _ _ !
    flask: mailu admin _ _ ! ; mailu user _ _ !
    sqlplus: /!
    expdp impdp sqlldr: userid=/! ; /!
    exp imp: userid=/! ; /!@
    rman: target /! ; target=/! ; catalog /! ; catalog=/! ; auxiliary /! ; auxiliary=/!
"""
# Programs that take names with values, two words for each: behind which words of theirs.
PAIRS: Final = """
    rclone: config create ; config update ; config password
    git: config
    npm pnpm: config set ; set
    yarn: config set
    pip pip3: config set
    gcloud: config set
    pulumi: config set ; config set --secret
    wp: config set ; config add ; option update ; option add ; option set
    drush: config:set ; config-set ; cset ; state:set ; state-set ; sset ; variable-set ; vset
    magento: config:set
    occ: config:system:set ; config:app:set
    nmcli: connection modify ; connection add ; con modify ; con mod ; con add ; c modify ; c mod ; c add
    consul: kv put
    etcdctl: put ; set ; mk ; update
    zkcli zkcli.sh: create ; set
    redis-cli valkey-cli keydb-cli: set ; setex ; setnx ; psetex ; mset ; msetnx ; hset ; hmset ; hsetnx
    crudini: --set
    augtool: set
"""
# Options of these programs that take the next word; of letters in one (`-nbC 10`) the last one may.
TAKE_A_WORD: Final = """
    rabbitmqctl: -n --node -t --timeout -p --vhost --formatter --printer --script-name
    mc mcli minio-client: -C --config-dir -H --custom-header --api --path --resolve --limit-upload
    mc mcli minio-client: --limit-download
    redis-cli valkey-cli keydb-cli: -h -p -t -s -a -u -r -i -n -d -D -X --user --pass --sni --cacert
    redis-cli valkey-cli keydb-cli: --cacertdir --cert --key --tls-ciphers --tls-ciphersuites
    mysqladmin mariadb-admin: -u --user -h --host -P --port -S --socket -i --sleep -c --count --protocol
    mysqladmin mariadb-admin: --connect-timeout --defaults-file --defaults-extra-file --ssl-ca --ssl-cert
    mysqladmin mariadb-admin: --ssl-key
    htpasswd: -C -r
    mosquitto_passwd: -H -I
    vault bao openbao: -address -agent-address -ca-cert -ca-path -client-cert -client-key -tls-server-name
    vault bao openbao: -namespace -ns -method -path -header -mfa -wrap-ttl -format -field --address
    vault bao openbao: --namespace --method --path --format --field
    aws aws-cli: --profile --region --endpoint-url --output --query --ca-bundle --color --cli-read-timeout
    aws aws-cli: --cli-connect-timeout
    etcdctl: --endpoints --user --password --cacert --cert --key -w --write-out -d --discovery-srv
    etcdctl: --command-timeout --dial-timeout --keepalive-time --keepalive-timeout
    consul: -http-addr -token -token-file -ca-file -ca-path -client-cert -client-key -datacenter -namespace
    consul: -partition -tls-server-name
    grafana grafana-cli: --homepath --config --configOverrides --pluginsDir --repo --pluginUrl --user-id
    ejabberdctl: --node --config --config-dir --ctl-config --logs --spool
    prosodyctl: --config
    samba-tool: -H --URL -U --user --username -W --workgroup --realm -s --configfile -d --debuglevel
    samba-tool: --option -n --netbiosname --userou --given-name --surname --mail-address --description
    samba-tool: --uid-number
    setup setup.sh: -i -c -p
    filebrowser: -d --database -c --config --scope --locale -a --address -p --port -r --root -b --baseurl
    radtest: -d -t -P
    nmcli: -c --colors -e --escape -f --fields -g --get-values -m --mode -w --wait
    rclone: --config --log-file --log-level
    cargo: --registry --index -Z --config --color -C
    ngrok: --config --log --log-level --log-format --region
    cloudflared: --config --loglevel --logfile --origincert
    nuget: -Source -ConfigFile -Verbosity
    poetry: -C --directory -P --project
    composer: -d --working-dir -f --file
    npm pnpm yarn: --registry -L --location --prefix -C --dir --cwd --userconfig --globalconfig --scope -w
    npm pnpm yarn: --workspace
    openssl: -salt -in -rand -out
    mkpasswd: -m --method -S --salt -R --rounds -P --password-fd
    add-user add-user.sh: -g --group -sc -dc -r --realm -up -gp -ro
    mosquitto_ctrl: -h -p -u -P -A -L -o --cafile --capath --cert --key -k --url -q -i
    wpa_cli: -p -i -a -g -G -P
    deluge-console: -c --config -L --loglevel -l --logfile
    sqlplus rman expdp impdp exp imp sqlldr: -C -M -R
    occ: --output --type
    wp: --path --url --ssh --http --user --skip-plugins --type --format
    git: -C -c --git-dir --work-tree --file -f --blob --type
    pip pip3: --editor
    gcloud: --configuration --project --account
    pulumi: -s --stack -C --cwd
    crudini: --existing
    drush: --uri -l --root -r --input-format
"""


def lines(table: str) -> Iterator[tuple[list[str], str]]:
    """Yield the programs of each line of a table, and what it says of them."""
    for line in table.strip().splitlines():
        names, _, rest = line.partition(": ")
        yield names.split(), rest
