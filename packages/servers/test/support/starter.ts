/** A process that starts servers, says which, and waits to be killed. */
import { startRedis, startReplicaSet } from '@munova/servers';

const [redis, set] = await Promise.all([startRedis({ replica: true }), startReplicaSet({ members: 1 })]);
const pids = [redis.primary.pid, redis.replica?.pid, ...set.members.map(({ pid }) => pid)];
process.stdout.write(`${JSON.stringify(pids)}\n`);
setInterval(() => undefined, 60_000);
