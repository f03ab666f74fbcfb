export const diagnosis = { id: "diagnosis", title: "Diagnosis", mount() { return {}; } };
