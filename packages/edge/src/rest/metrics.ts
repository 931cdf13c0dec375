/** What the REST side counts. Routes are templates, never paths, so the number of series is bounded. */
export interface RestMetrics {
  /** `route` is `unmatched` where none was. */
  answered(method: string, route: string, status: number, seconds: number): void;
  rateLimited(): void;
}

export const noRestMetrics: RestMetrics = {
  answered: () => undefined,
  rateLimited: () => undefined,
};
