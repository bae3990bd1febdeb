/** Loaded into the program before anything else: sets its clock CLOCK_SHIFT_MS away from that of the machine. */
const shiftMs = Number(process.env['CLOCK_SHIFT_MS']);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + shiftMs] : args, newTarget) as object,
  get: (target, key, receiver) =>
    key === 'now' ? () => RealDate.now() + shiftMs : (Reflect.get(target, key, receiver) as unknown),
});

export {};
