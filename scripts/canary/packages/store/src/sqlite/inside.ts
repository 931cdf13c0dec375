export const inside = {};
