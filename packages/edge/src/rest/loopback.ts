const LOOPBACK = /^(localhost|\[::1\]|127(\.\d{1,3}){3})(:\d{1,5})?$/i;

/** Whether a `Host` header names this machine, by a literal that no name server can point elsewhere. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host);

export const isLoopbackOrigin = (origin: string): boolean => isLoopbackHost(origin.replace(/^https?:\/\//i, ''));
