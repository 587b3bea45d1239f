package dev.farshore.coordinator.api.request;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Asks for a VM of existing volumes. */
public record NewVm(@Nullable String name, @Nullable List<@Nullable String> volumes) {}
