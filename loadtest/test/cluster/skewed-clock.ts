/** Loaded before a process (`--import`): its wall clock is CLOCK_SKEW_MS off, its monotonic one is not. */
const skewMs = Number(process.env['CLOCK_SKEW_MS']);
const trueNow = Date.now.bind(Date);

Date.now = () => trueNow() + skewMs;
globalThis.Date = new Proxy(Date, {
  construct: (date, given: unknown[], target) =>
    Reflect.construct(date, given.length === 0 ? [Date.now()] : given, target) as Date,
});
