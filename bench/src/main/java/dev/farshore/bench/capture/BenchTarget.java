package dev.farshore.bench.capture;

/** Who is driven by the same loads. */
enum BenchTarget {
    NULL_LOG("the server alone"),
    NBDKIT("nbdkit's file plugin"),
    WHOLE_PATH("the whole path"),
    WITHOUT_CHAIN("the whole path without hash chain"),
    QEMU("qemu-storage-daemon"),
    QEMU_MIRROR("qemu-storage-daemon with a mirror job");

    final String title;

    BenchTarget(String title) {
        this.title = title;
    }
}
