package dev.farshore.capture.ownership;

import dev.farshore.capture.publish.HeaderRepair;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.capture.vm.VmGroups;
import dev.farshore.capture.vm.VmVolumes;

/** What decides of the volumes of a node who may write them. */
public record OwnershipContext(
        NodeIdentity node,
        LocalImages images,
        HeaderRepair headerRepair,
        VmGroups vms,
        VmVolumes vmVolumes,
        NodeTime time) {}
