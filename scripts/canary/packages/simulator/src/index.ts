export const simulated = true;
