export const pictures = { id: "pictures", title: "Pictures", mount() { return {}; } };
