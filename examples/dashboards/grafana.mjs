/** A Grafana dashboard (10 or later) over Prometheus: the same whether it scrapes treering or is written to. */
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }
const WIDTH = 24
const PANEL = { w: 8, h: 7 }

/** Row → panels: title, unit, and per line an expression with its legend. `$of` is the chosen hosts. */
const ROWS = {
  Machine: [
    panel('CPU busy', 'percentunit', [['system_cpu_busy_ratio{$of}', '{{instance}}']]),
    panel(
      'CPUs by mode',
      'short',
      [['sum by (mode) (rate(system_cpu_seconds_total{$of, mode!="idle"}[$__rate_interval]))', '{{mode}}']],
      { stacked: true },
    ),
    panel('Load', 'short', [
      ['system_load1{$of}', '1 m {{instance}}'],
      ['system_load5{$of}', '5 m {{instance}}'],
      ['system_load15{$of}', '15 m {{instance}}'],
    ]),
    panel('Memory', 'bytes', [
      ['system_memory_used_bytes{$of}', 'used {{instance}}'],
      ['system_memory_available_bytes{$of}', 'available {{instance}}'],
      ['system_memory_total_bytes{$of}', 'total {{instance}}'],
    ]),
    panel('Swap', 'bytes', [
      ['system_swap_used_bytes{$of}', 'used {{instance}}'],
      ['system_swap_total_bytes{$of}', 'total {{instance}}'],
    ]),
    panel('Space used', 'percentunit', [
      [
        'system_filesystem_used_bytes{$of} / (system_filesystem_used_bytes{$of} + system_filesystem_avail_bytes{$of})',
        '{{mountpoint}} {{instance}}',
      ],
    ]),
    panel('Disks', 'Bps', [
      ['rate(system_disk_read_bytes_total{$of}[$__rate_interval])', 'read {{device}} {{instance}}'],
      ['rate(system_disk_written_bytes_total{$of}[$__rate_interval])', 'written {{device}} {{instance}}'],
    ]),
    panel('Disk operations', 'iops', [
      ['rate(system_disk_reads_completed_total{$of}[$__rate_interval])', 'reads {{device}} {{instance}}'],
      ['rate(system_disk_writes_completed_total{$of}[$__rate_interval])', 'writes {{device}} {{instance}}'],
    ]),
    panel('Network', 'Bps', [
      ['rate(system_network_receive_bytes_total{$of}[$__rate_interval])', 'received {{device}} {{instance}}'],
      ['rate(system_network_transmit_bytes_total{$of}[$__rate_interval])', 'sent {{device}} {{instance}}'],
    ]),
    panel('Temperature', 'celsius', [['system_temperature_celsius{$of}', '{{sensor}} {{instance}}']]),
  ],
  Targets: [
    panel('Targets that answer', 'bool_yes_no', [['probe_success{$of}', '{{target}}']]),
    panel('Time of a check', 's', [['probe_duration_seconds{$of}', '{{target}}']]),
    panel(
      'Phases of a check over HTTP, all targets',
      's',
      [['sum by (phase) (probe_http_duration_seconds{$of})', '{{phase}}']],
      { stacked: true },
    ),
  ],
  Applications: [
    panel('Heap of Go applications', 'bytes', [
      ['expvar_memstats_heap_alloc{$of}', 'allocated {{reader}}'],
      ['expvar_memstats_heap_inuse{$of}', 'in use {{reader}}'],
    ]),
    panel('Memory of Go applications', 'bytes', [['expvar_memstats_sys{$of}', '{{reader}}']]),
    panel('Objects on the heap', 'short', [['expvar_memstats_heap_objects{$of}', '{{reader}}']]),
    panel('Garbage collections per second', 'ops', [
      ['rate(expvar_memstats_num_gc{$of}[$__rate_interval])', '{{reader}}'],
    ]),
    panel('Pauses, share of time', 'percentunit', [
      ['rate(expvar_memstats_pause_total_ns{$of}[$__rate_interval]) / 1e9', '{{reader}}'],
    ]),
    panel('Stacks of Go applications', 'bytes', [['expvar_memstats_stack_inuse{$of}', '{{reader}}']]),
    panel('Counters files', 'short', [['mcounter_value{$of}', '{{label}} {{file}}']]),
    panel('Writers of counters files', 'bool_yes_no', [['mcounter_file_alive{$of}', '{{file}}']]),
  ],
  Processes: [
    panel('Requests per second, by route', 'reqps', [
      ['sum by (name) (rate(http_server_response_status_total{$of}[$__rate_interval]))', '{{name}}'],
    ]),
    panel(
      'Requests per second, by status',
      'reqps',
      [['sum by (status) (rate(http_server_response_status_total{$of}[$__rate_interval]))', '{{status}}']],
      { stacked: true },
    ),
    panel('Time of a request, 95 of 100', 's', [
      [
        'histogram_quantile(0.95, sum by (le, name) (rate(http_server_durations_seconds_bucket{$of}[$__rate_interval])))',
        '{{name}}',
      ],
    ]),
    panel('Memory of processes', 'bytes', [
      ['process_resident_memory_bytes{$of}', 'resident {{job}} {{instance}}'],
      ['nodejs_heap_size_used_bytes{$of}', 'heap {{job}} {{instance}}'],
    ]),
    panel('Delay of the event loop', 's', [
      ['nodejs_eventloop_lag_p50_seconds{$of}', 'median {{job}} {{instance}}'],
      ['nodejs_eventloop_lag_p99_seconds{$of}', '99 of 100 {{job}} {{instance}}'],
      ['nodejs_eventloop_lag_max_seconds{$of}', 'longest {{job}} {{instance}}'],
    ]),
    panel('Use of the event loop', 'percentunit', [
      ['nodejs_eventloop_utilization_ratio{$of}', '{{job}} {{instance}}'],
    ]),
  ],
  Treering: [
    panel('Failed and late reads', 'ops', [
      ['rate(treering_poll_failures_total{$of}[$__rate_interval])', 'failed {{source}}'],
      ['rate(treering_polls_late_total{$of}[$__rate_interval])', 'late {{source}}'],
    ]),
    panel('Time of a read', 's', [['treering_poll_duration_seconds{$of}', '{{source}}']]),
    panel('Age of the newest sample', 's', [
      ['time() - treering_last_sample_timestamp_seconds{$of}', '{{source}}'],
    ]),
    panel('WebSockets', 'short', [['sum by (instance) (treering_sockets{$of})', '{{instance}}']]),
    panel('Shipped per second', 'ops', [
      ['rate(treering_recorder_shipped_total{$of}[$__rate_interval])', '{{recorder}} {{instance}}'],
    ]),
    panel('Refused and dropped per second', 'ops', [
      ['rate(treering_recorder_refused_total{$of}[$__rate_interval])', 'refused {{recorder}}'],
      ['rate(treering_recorder_dropped_total{$of}[$__rate_interval])', 'dropped {{recorder}}'],
    ]),
    panel('Waiting to be shipped', 'short', [
      ['treering_recorder_queued{$of}', 'in memory {{recorder}}'],
      ['treering_recorder_spooled{$of}', 'on disk {{recorder}}'],
    ]),
    panel('Memory of treering', 'bytes', [
      ['treering_resident_memory_bytes{$of}', 'resident {{instance}}'],
      ['treering_heap_used_bytes{$of}', 'heap {{instance}}'],
    ]),
    panel('CPUs of treering', 'short', [
      ['rate(treering_cpu_seconds_total{$of}[$__rate_interval])', '{{mode}} {{instance}}'],
    ]),
  ],
}

/** The dashboard as JSON. */
export function grafana() {
  const panels = []
  let y = 0
  for (const [title, row] of Object.entries(ROWS)) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: WIDTH, h: 1 },
      panels: [],
    })
    row.forEach((one, i) => {
      const x = (i * PANEL.w) % WIDTH
      panels.push({ id: panels.length + 1, ...one, gridPos: { x, y, ...PANEL } })
      if (x + PANEL.w >= WIDTH || i === row.length - 1) y += PANEL.h
    })
  }
  return {
    uid: 'treering',
    title: 'treering',
    tags: ['treering'],
    schemaVersion: 38,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timepicker: {},
    timezone: 'browser',
    annotations: { list: [] },
    links: [],
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Prometheus',
          type: 'datasource',
          query: 'prometheus',
          current: {},
          hide: 0,
        },
        {
          name: 'instance',
          label: 'Host',
          type: 'query',
          datasource: DATASOURCE,
          definition: 'label_values(system_cpu_busy_ratio, instance)',
          query: { query: 'label_values(system_cpu_busy_ratio, instance)', refId: 'instances' },
          refresh: 2,
          sort: 1,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { selected: true, text: ['All'], value: ['$__all'] },
          hide: 0,
        },
      ],
    },
    panels,
  }
}

function panel(title, unit, lines, { stacked = false } = {}) {
  return {
    type: 'timeseries',
    title,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        unit,
        ...(unit === 'celsius' ? {} : { min: 0 }),
        custom: {
          lineWidth: 1,
          fillOpacity: stacked ? 40 : 8,
          showPoints: 'never',
          stacking: { group: 'A', mode: stacked ? 'normal' : 'none' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: lines.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr: expr.replaceAll('$of', 'instance=~"$instance"'),
      legendFormat,
      range: true,
    })),
  }
}
