package study

// aroundModel is a study for a model that is looked at and not trained.
const aroundModel = "{study: model, data: {shapes: {train: 64, test: 16}}, train: {epochs: 1, batch: 4, sgd: {rate: 0.05}}, seeds: 1}"

// LoadModel is Load for who looks at networks without training them: the file may hold a model alone, with what it
// varies, and leave out the study's name, its data (which are images of shapes then), training and seeds.
func LoadModel(nameOrPath string) (*Study, error) { return loadBy(nameOrPath, parseModel) }

func parseModel(filename string, src []byte) (*Study, error) {
	root, err := read(filename, src)
	if err != nil {
		return nil, err
	}
	if root.kind == mapping && root.get("model") != nil && root.get("study") == nil {
		around, err := read("defaults", []byte(aroundModel))
		if err != nil {
			panic(err) // a constant, read by every test
		}
		for _, p := range around.pairs {
			if root.get(p.key.text()) == nil {
				root.pairs = append(root.pairs, p)
			}
		}
	}
	return checked(root)
}
