export { createEdge, type Edge, type EdgeAddress, type EdgeConfig, type EdgeOptions } from './edge.js';
export { noRestMetrics, type RestMetrics } from './rest/metrics.js';
export type { Demo, DemoPerson } from './rest/deps.js';
export { noEdgeMetrics, type EdgeMetrics } from './session/edge-metrics.js';
