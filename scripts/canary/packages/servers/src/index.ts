export const startRedis = 'redis';
