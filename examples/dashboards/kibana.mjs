/**
 * Dashboards for Kibana 8.8 or later, as saved objects: of the machine, of targets, of applications that publish expvar, of treering.
 * Every chart is a Lens chart of the one data view.
 */
import { chart, DATA_VIEW } from './lens.mjs'

/** Indexes that the data view looks into: name yours, or change it in Kibana. */
const INDEXES = 'treering*,expvastic*'
const VERSIONS = { coreMigrationVersion: '8.8.0', managed: false }
const PANEL = { w: 16, h: 12 }
const WIDTH = 48

const average = (field, label) => ({ field, label, operation: 'average' })
const peak = (field, label) => ({ field, label, operation: 'max' })
const both = (field, label) => [average(field, `average ${label}`), peak(field, `maximum ${label}`)]

/** Dashboard → charts: title, lines, and by which field lines are told apart. */
const DASHBOARDS = {
  'treering: machine': [
    chart('CPU busy, percent', both('cpu_average', 'busy')),
    chart(
      'CPU by mode, percent',
      ['user', 'nice', 'system', 'iowait', 'irq', 'softirq', 'steal'].map((mode) =>
        average(`cpu.percent.${mode}`, mode),
      ),
      { stacked: true },
    ),
    chart('Load', [
      average('load.load1', '1 m'),
      average('load.load5', '5 m'),
      average('load.load15', '15 m'),
    ]),
    chart(
      'Memory',
      [
        average('memory.used', 'used'),
        average('memory.available', 'available'),
        average('memory.total', 'total'),
      ],
      { format: 'bytes' },
    ),
    chart('Memory used, percent', both('memory.used_percent', 'used')),
    chart('Swap', [average('swap.used', 'used'), average('swap.total', 'total')], { format: 'bytes' }),
    chart(
      'Network, bytes per second',
      [average('network.download_speed', 'received'), average('network.upload_speed', 'sent')],
      { format: 'bytes' },
    ),
  ],
  'treering: memory of Go applications': [
    // What the original's dashboard showed, with its units: mebibytes by the default map.
    chart('Heap allocated, MiB', both('memstats.HeapAlloc', 'HeapAlloc'), { by: 'type_name' }),
    chart('Heap in use, MiB', both('memstats.HeapInuse', 'HeapInuse'), { by: 'type_name' }),
    chart('Objects on the heap', both('memstats.HeapObjects', 'HeapObjects'), { by: 'type_name' }),
    chart('Pointer lookups', both('memstats.Lookups', 'Lookups'), { by: 'type_name' }),
    chart('Stacks in use, MiB', both('memstats.StackInuse', 'StackInuse'), { by: 'type_name' }),
    chart('Memory of the system, MiB', both('memstats.Sys', 'Sys'), { by: 'type_name' }),
    chart(
      'Pauses of the garbage collector, µs',
      [average('memstats.PauseNs', 'mean pause'), peak('memstats.PauseNs', 'longest pause')],
      { by: 'type_name' },
    ),
    chart('Garbage collections', [peak('memstats.NumGC', 'since the start')], { by: 'type_name' }),
  ],
  'treering: targets': [
    chart('Time of a check, ms', both('latency_ms', 'check'), { by: 'target' }),
    chart(
      'Phases of a check, ms',
      [
        average('phases_ms.dns', 'name'),
        average('phases_ms.connect', 'connection'),
        average('phases_ms.first_byte', 'first byte'),
        average('phases_ms.transfer', 'transfer'),
      ],
      { stacked: true },
    ),
    chart('Status over HTTP', [peak('http_status', 'greatest')], { by: 'target' }),
  ],
  'treering: treering': [
    chart('Time of a read, ms', both('poller.duration_ms', 'read'), { by: 'poller.name' }),
    chart('Failed reads per second', [average('poller.failures_rate', 'failed')], { by: 'poller.name' }),
    chart('Late reads per second', [average('poller.late_rate', 'late')], { by: 'poller.name' }),
    chart('Shipped per second', [average('recorder.shipped_rate', 'shipped')], { by: 'recorder.name' }),
    chart(
      'Refused and dropped per second',
      [average('recorder.refused_rate', 'refused'), average('recorder.dropped_rate', 'dropped')],
      { by: 'recorder.name' },
    ),
    chart('Waiting', [peak('recorder.queued', 'in memory'), peak('recorder.spooled', 'on disk')], {
      by: 'recorder.name',
    }),
    chart('Memory', [peak('memory.resident', 'resident'), peak('memory.heap_used', 'heap')], {
      format: 'bytes',
    }),
    chart(
      'CPU, percent of one',
      [average('cpu.user_percent', 'user'), average('cpu.system_percent', 'system')],
      { stacked: true },
    ),
    chart('WebSockets', [peak('sockets.open', 'open')]),
  ],
}

/** The saved objects, one a line. */
export function kibana() {
  const dataView = {
    id: DATA_VIEW,
    type: 'index-pattern',
    attributes: {
      name: 'treering',
      title: INDEXES,
      timeFieldName: '@timestamp',
      fields: '[]',
      typeMeta: '{}',
    },
    references: [],
    typeMigrationVersion: '8.0.0',
    ...VERSIONS,
  }
  return [dataView, ...Object.entries(DASHBOARDS).map(([title, charts]) => dashboard(title, charts))]
}

function dashboard(title, charts) {
  const panels = charts.map((attributes, i) => {
    const panelIndex = `panel${i + 1}`
    const x = (i * PANEL.w) % WIDTH
    const y = Math.floor((i * PANEL.w) / WIDTH) * PANEL.h
    return {
      version: '8.8.0',
      type: 'lens',
      panelIndex,
      gridData: { x, y, ...PANEL, i: panelIndex },
      title: attributes.title,
      embeddableConfig: { attributes, enhancements: {} },
    }
  })
  return {
    id: title.replace(/\W+/g, '-'),
    type: 'dashboard',
    attributes: {
      title,
      description: '',
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { language: 'kuery', query: '' }, filter: [] }),
      },
      optionsJSON: JSON.stringify({
        useMargins: true,
        syncColors: false,
        syncCursor: true,
        syncTooltips: false,
        hidePanelTitles: false,
      }),
      panelsJSON: JSON.stringify(panels),
      refreshInterval: { pause: false, value: 10_000 },
      timeRestore: true,
      timeFrom: 'now-1h',
      timeTo: 'now',
      version: 1,
    },
    references: panels.flatMap(({ panelIndex, embeddableConfig }) =>
      embeddableConfig.attributes.references.map(({ type, id, name }) => ({
        type,
        id,
        name: `${panelIndex}:${name}`,
      })),
    ),
    typeMigrationVersion: '8.7.0',
    ...VERSIONS,
  }
}
