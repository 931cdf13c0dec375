/** The REST API and the operators' pages of an edge. */
import type { DynamicModule, Type } from '@nestjs/common';
import { CatalogueController } from './controllers/catalogue.js';
import { DEMO, DemoController } from './controllers/demo.js';
import { GroupController } from './controllers/groups.js';
import { InquiryController } from './controllers/inquiries.js';
import { MessageController } from './controllers/messages.js';
import { RoomController } from './controllers/rooms.js';
import { DEPS } from './deps.js';
import type { HttpApiDeps } from './deps.js';
import { openHttpServer, type HttpApi } from './http-server.js';
import { RoomDesk } from './room-desk.js';
import { serviceParts } from './service-api.js';

class HttpApiModule {}

/** Ready to listen when it resolves. */
export const createHttpApi = (deps: HttpApiDeps): Promise<HttpApi> =>
  openHttpServer(httpApiModule(deps), { ...deps, rateRest: deps.config.rateRest });

const httpApiModule = (deps: HttpApiDeps): DynamicModule => {
  const { demo, version } = deps.config;
  const controllers: readonly Type[] = [
    InquiryController,
    GroupController,
    MessageController,
    RoomController,
    CatalogueController,
    ...(demo === null ? [] : [DemoController]),
  ];
  const service = serviceParts(deps, controllers, version);
  return {
    module: HttpApiModule,
    controllers: service.controllers,
    providers: [
      ...service.providers,
      { provide: DEPS, useValue: deps },
      { provide: RoomDesk, useValue: new RoomDesk(deps) },
      { provide: DEMO, useValue: demo },
    ],
  };
};
