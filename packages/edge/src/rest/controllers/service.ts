import { Controller, Inject } from '@nestjs/common';
import { ChatError } from '@munova/contracts';
import { ok } from '../answer.js';
import type { Answer, RawAnswer } from '../answer.js';
import { SERVICE } from '../deps.js';
import type { ServiceDeps } from '../deps.js';
import { DOCS_PAGE, DOCS_POLICY } from '../docs-page.js';
import { Call, Handles } from '../operation.js';
import type { CallOf } from '../operation.js';
import * as ops from '../schemas/service.js';

/** Nest's injection token for the text of the OpenAPI document. */
export const OPENAPI_TEXT = Symbol('munova.openapi-text');

@Controller()
export class ServiceController {
  readonly #deps: ServiceDeps;
  readonly #document: string;

  constructor(@Inject(SERVICE) deps: ServiceDeps, @Inject(OPENAPI_TEXT) document: string) {
    this.#deps = deps;
    this.#document = document;
  }

  @Handles(ops.healthz)
  alive(): Answer {
    if (!this.#deps.health.alive()) throw new ChatError('unavailable');
    return ok({ status: 'alive' });
  }

  @Handles(ops.readyz)
  async ready(): Promise<Answer> {
    if (!(await this.#deps.health.ready())) throw new ChatError('unavailable');
    return ok({ status: 'ready' });
  }

  @Handles(ops.metrics)
  async metrics(): Promise<RawAnswer> {
    return { raw: await this.#deps.metricsText(), contentType: 'text/plain; version=0.0.4; charset=utf-8' };
  }

  @Handles(ops.cluster)
  async cluster(@Call() { actor }: CallOf<typeof ops.cluster>): Promise<Answer> {
    if (actor.role !== 'admin') throw new ChatError('forbidden');
    return ok(await this.#deps.cluster());
  }

  @Handles(ops.openApi)
  openApi(): RawAnswer {
    return { raw: this.#document, contentType: 'application/json; charset=utf-8' };
  }

  @Handles(ops.docs)
  docs(): RawAnswer {
    return {
      raw: DOCS_PAGE,
      contentType: 'text/html; charset=utf-8',
      headers: { 'Content-Security-Policy': DOCS_POLICY },
    };
  }
}
