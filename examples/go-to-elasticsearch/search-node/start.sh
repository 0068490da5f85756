#!/usr/bin/env bash
# Usage: start.sh [port]            default 9200
# Builds on first use (Maven + JDK 17 or later), starts one Elasticsearch node on 127.0.0.1:PORT and
# returns when it answers. Data is kept in DATA_DIR between runs; remove that folder to start empty.
# Environment: DATA_DIR (default <here>/data-PORT), TRANSPORT_PORT (default PORT+100), HEAP (default 384m).
set -euo pipefail
# running and not a zombie waiting for its parent
alive() { kill -0 "$1" 2>/dev/null && ! grep -q "^State:[[:space:]]*Z" "/proc/$1/status" 2>/dev/null; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
port=${1:-9200}
transport=${TRANSPORT_PORT:-$((port + 100))}
data=${DATA_DIR:-$here/data-$port}
heap=${HEAP:-384m}
pidfile=$data/search-node.pid
log=$data/search-node.log
mkdir -p "$data"

if [[ -f $pidfile ]] && alive "$(cat "$pidfile")"; then
  echo "already running: pid $(cat "$pidfile"), http://127.0.0.1:$port"
  exit 0
fi
# Several tests may start at once: one builds, the others wait for it.
exec 9>"$here/.build.lock"
flock 9
if [[ ! -f $here/target/search-node.jar || $here/pom.xml -nt $here/target/search-node.jar \
      || $here/src/main/java/SearchNode.java -nt $here/target/search-node.jar ]]; then
  rm -rf "$here/target"
  (cd "$here" && mvn -B -q package)
fi
flock -u 9
exec 9>&-

java_bin=${JAVA_HOME:+$JAVA_HOME/bin/}java
: >"$log"
nohup "$java_bin" \
  -Xms"$heap" -Xmx"$heap" -XX:+UseSerialGC -XX:MaxDirectMemorySize=128m \
  -Xss1m -Dfile.encoding=UTF-8 -Djava.awt.headless=true -Djava.security.egd=file:/dev/urandom \
  -Dlog4j2.disable.jmx=true -Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true \
  -Dio.netty.recycler.maxCapacityPerThread=0 -Dio.netty.allocator.numDirectArenas=0 \
  -Djna.nosys=true -Des.nativelibs.path="$here/target/home/lib/platform" \
  -Djava.io.tmpdir="$data" --add-opens=java.base/java.io=ALL-UNNAMED \
  --module-path "$here/target/home/lib" --add-modules=ALL-MODULE-PATH,jdk.net,jdk.management.agent \
  -cp "$here/target/search-node.jar" SearchNode "$here/target/home" "$data/es" "$port" "$transport" \
  >>"$log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$pidfile"
for _ in $(seq 1 600); do
  if grep -q '^ready ' "$log"; then
    echo "ready: pid $pid, http://127.0.0.1:$port"
    exit 0
  fi
  if ! alive "$pid"; then
    rm -f "$pidfile"
    echo "search node stopped while starting:" >&2
    tail -n 40 "$log" >&2
    exit 1
  fi
  sleep 0.1
done
echo "search node not ready after 60 s; see $log" >&2
exit 1
