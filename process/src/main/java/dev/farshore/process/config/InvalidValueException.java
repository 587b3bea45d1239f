package dev.farshore.process.config;

/** What a record's constructor throws for a value it does not take. */
public final class InvalidValueException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String key;
    private final String problem;

    /**
     * @param key of the value within its section
     * @param problem what is wrong with it
     * @param allowed what would be right
     */
    public InvalidValueException(Key key, String problem, String allowed) {
        this(key, "%s; allowed: %s".formatted(problem, allowed));
    }

    /**
     * @param problem what is wrong with it and what would be right
     */
    public InvalidValueException(Key key, String problem) {
        super(key.name() + ": " + problem);
        this.key = key.name();
        this.problem = problem;
    }

    String key() {
        return key;
    }

    String problem() {
        return problem;
    }
}
