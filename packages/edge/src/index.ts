export { createEdge, type Edge, type EdgeAddress, type EdgeConfig, type EdgeOptions } from './edge.js';
export { noRestMetrics, type RestMetrics } from './rest/metrics.js';
export type { Demo, DemoPerson } from './rest/deps.js';
export { noEdgeMetrics, type EdgeMetrics } from './session/edge-metrics.js';
export { MessagePath, type MessagePathDeps } from './message-path.js';
export { CommandCaller, type CommandRequest, type Effect } from './rest/command-caller.js';
export type { Ending, Framing, Transport, TransportHandler } from './session/transport.js';
export type { Identity, TokenVerifier } from './auth/identity.js';
