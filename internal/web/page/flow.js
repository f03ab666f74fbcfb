export const gradients = { id: "gradients", title: "Gradients", mount() { return {}; } };
