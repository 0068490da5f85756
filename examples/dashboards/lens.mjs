/** Lens charts of Kibana, over one data view. */

/** The data view's id. */
export const DATA_VIEW = 'treering-documents'
/** Lines of one chart that tell apart applications, pollers or recorders. */
const TOP = 5

/** A chart as attributes of a panel: lines are `{field, label, operation}`, told apart by the values of the field `by`. */
export function chart(title, lines, { by, stacked = false, format = 'number' } = {}) {
  const metrics = lines.map((line, i) => [`value${i + 1}`, metricColumn(line, format)])
  const columns = {
    ...(by === undefined ? {} : { by: termsColumn(by) }),
    time: {
      label: '@timestamp',
      dataType: 'date',
      operationType: 'date_histogram',
      sourceField: '@timestamp',
      isBucketed: true,
      scale: 'interval',
      params: { interval: 'auto', includeEmptyRows: false, dropPartials: false },
    },
    ...Object.fromEntries(metrics),
  }
  const seriesType = stacked ? 'area_stacked' : 'line'
  return {
    title,
    description: '',
    visualizationType: 'lnsXY',
    type: 'lens',
    references: [{ type: 'index-pattern', id: DATA_VIEW, name: 'indexpattern-datasource-layer-lines' }],
    state: {
      visualization: {
        legend: { isVisible: true, position: 'bottom' },
        valueLabels: 'hide',
        fittingFunction: 'None',
        preferredSeriesType: seriesType,
        axisTitlesVisibilitySettings: { x: false, yLeft: false, yRight: false },
        layers: [
          {
            layerId: 'lines',
            layerType: 'data',
            seriesType,
            xAccessor: 'time',
            accessors: metrics.map(([id]) => id),
            ...(by === undefined ? {} : { splitAccessor: 'by' }),
          },
        ],
      },
      query: { query: '', language: 'kuery' },
      filters: [],
      datasourceStates: {
        formBased: {
          layers: { lines: { columns, columnOrder: Object.keys(columns), incompleteColumns: {} } },
        },
      },
      internalReferences: [],
      adHocDataViews: {},
    },
  }
}

function metricColumn({ field, label, operation }, format) {
  return {
    label,
    customLabel: true,
    dataType: 'number',
    operationType: operation,
    sourceField: field,
    isBucketed: false,
    scale: 'ratio',
    params: { emptyAsNull: true, format: { id: format, params: { decimals: format === 'bytes' ? 1 : 2 } } },
  }
}

function termsColumn(field) {
  return {
    label: `Top ${TOP} of ${field}`,
    dataType: 'string',
    operationType: 'terms',
    sourceField: field,
    isBucketed: true,
    scale: 'ordinal',
    params: {
      size: TOP,
      orderBy: { type: 'column', columnId: 'value1' },
      orderDirection: 'desc',
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: 'terms' },
    },
  }
}
