/** What `treering init` writes: every setting with its default. A test checks that it is accepted as it stands. */
export const EXAMPLE_CONFIG = `# treering: every setting with its default. \${NAME} takes a value from the environment,
# \${NAME:-default} with a default. "treering check FILE" tells what is wrong.

settings:
  # HOST:PORT. Any other address than a loopback one needs a token. Port 0 picks one.
  listen: 127.0.0.1:8888
  # Folder of the histories; a relative one is below this file's folder.
  data: ./data
  # debug, info, warn or error
  log_level: info
  # With a token every route but /health wants "Authorization: Bearer <token>", or a login at /login.
  # token: \${TREERING_TOKEN}
  # Allows an open address without a token.
  insecure: false
  # Further names under which a proxy serves this server.
  allowed_hosts: []
  # Shows the targets of /status to everybody, without the token.
  status_public: false
  # WebSockets open at once.
  max_sockets: 10000

# Longer history: 100 points each, beside 5m 15m 1h 1d 1mo.
#periods:
#  1y: 365d

readers:
  # This machine; "system_info: false" switches it off.
  system_info:
    interval: 1s
    cpu: true
    memory: true
    disk: true
    network: true
    sensors: true
    # Network and FUSE mounts to watch; local ones are found.
    mounts: []
  # Counters files of Java, Go and Node programs: all of the directory, or "files: [app.dat]".
  counters:
    interval: 1s
  # This process: its requests, memory, event loop; "enabled: true" ships what it records under a task number of its own (docs/process.md).
  process:
    interval: 3s
    runtime_stats: true
    enabled: false
#  # The health of targets; all options: examples/uptime.yaml
#  uptime:
#    targets: { home: https://example.org, db: tcp://127.0.0.1:5432, backup: push:25h }
#  # The variables of a Go program, or any other with /debug/vars; all options: docs/expvar.md
#  shop: { type: expvar, endpoint: 127.0.0.1:1234, interval: 1s }
#  # How treering itself fares.
#  treering: { type: self }

# Where samples may be shipped: elasticsearch, opensearch, prometheus_remote_write, otlp or file. What waits for one that is away is kept in memory, and in the folder
# "spool" where there is one.
#recorders:
#  main:
#    type: elasticsearch
#    endpoint: 127.0.0.1:9200
#    index_name: treering-%Y.%m.%d
#    spool: ./spool
#  out: { type: file, path: ./documents.ndjson, max_bytes: 64MiB, max_age: 24h, keep: 7 }

# Which readers' samples go to which recorders.
#routes:
#  all: { readers: [system_info], recorders: [main, out] }
`
