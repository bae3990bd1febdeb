/** Semantic Scholar's fields of study, and what of ours lies in them: a category is its own name or a class of arXiv. */

/** Archives of arXiv by field: https://arxiv.org/category_taxonomy. */
const ARCHIVES: Record<string, readonly string[]> = {
  'Computer Science': ['cs'],
  Mathematics: ['math', 'stat', 'math-ph'],
  Physics: [
    'physics',
    'astro-ph',
    'cond-mat',
    'gr-qc',
    'hep-ex',
    'hep-lat',
    'hep-ph',
    'hep-th',
    'math-ph',
    'nlin',
    'nucl-ex',
    'nucl-th',
    'quant-ph',
  ],
  Biology: ['q-bio'],
  Economics: ['econ', 'q-fin'],
  Engineering: ['eess'],
};

const FIELDS = [
  'Computer Science',
  'Medicine',
  'Chemistry',
  'Biology',
  'Materials Science',
  'Physics',
  'Geology',
  'Psychology',
  'Art',
  'History',
  'Geography',
  'Sociology',
  'Business',
  'Political Science',
  'Economics',
  'Philosophy',
  'Mathematics',
  'Engineering',
  'Environmental Science',
  'Agricultural and Food Sciences',
  'Education',
  'Law',
  'Linguistics',
];

/** Categories that a paper of a field has at least one of; undefined for the name of no field. */
export function categoriesOfField(field: string): readonly string[] | undefined {
  return FIELDS.includes(field) ? [field, ...(ARCHIVES[field] ?? [])] : undefined;
}

/** Null where no category says one. */
export function fieldsOfStudyOf(categories: readonly string[]): string[] | null {
  const archives = categories.map((category) => category.split('.')[0] ?? '');
  const fields = FIELDS.filter(
    (field) => categories.includes(field) || ARCHIVES[field]?.some((archive) => archives.includes(archive)),
  );
  return fields.length === 0 ? null : fields;
}
