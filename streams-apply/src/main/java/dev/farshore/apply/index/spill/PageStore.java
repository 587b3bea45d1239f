package dev.farshore.apply.index.spill;

/**
 * Keeps pages of one volume's index outside the heap until they are used again, at most until the
 * process ends.
 *
 * <p>Threading: any thread may read; one at a time changes, with readers kept out.
 */
public interface PageStore {
    /**
     * Keeps a page.
     *
     * @return its id
     * @throws SpillException if it can't be kept
     */
    long add(byte[] page);

    /**
     * A page as it was added.
     *
     * @throws SpillException if it can't be read
     */
    byte[] get(long id);

    /**
     * Forgets a page.
     *
     * @param bytes its size
     * @throws SpillException if that is not possible
     */
    void remove(long id, int bytes);
}
