/** The operators' pages: every process has them, an actor node nothing else. */
import type { Provider, Type } from '@nestjs/common';
import { OPENAPI_TEXT, ServiceController } from './controllers/service.js';
import { SERVICE } from './deps.js';
import type { ServiceDeps } from './deps.js';
import { openHttpServer, type HttpApi, type HttpServerDeps } from './http-server.js';
import { openApiDocument } from './openapi.js';
import { operationsOf } from './operation.js';

export interface ServiceApiDeps extends ServiceDeps, HttpServerDeps {
  /** Of the product, for the OpenAPI document. */
  readonly version: string;
}

class ServiceApiModule {}

/** The operators' pages alone. Ready to listen when it resolves. */
export const createServiceApi = (deps: ServiceApiDeps): Promise<HttpApi> =>
  openHttpServer({ module: ServiceApiModule, ...serviceParts(deps, [], deps.version) }, deps);

/** Controllers, the given ones among them, and what the operators' pages are given. */
export const serviceParts = (
  deps: ServiceDeps,
  others: readonly Type[],
  version: string,
): { readonly controllers: Type[]; readonly providers: Provider[] } => {
  const controllers = [...others, ServiceController];
  return {
    controllers,
    providers: [
      { provide: SERVICE, useValue: deps },
      { provide: OPENAPI_TEXT, useValue: JSON.stringify(openApiDocument(operationsOf(controllers), version)) },
    ],
  };
};
