#!/usr/bin/env bash
# Kafka's tools: the name under which it is called says which; as kafka-run-class.sh the first argument does.
set -eu
case $(basename "$0") in
    kafka-acls.sh) class=org.apache.kafka.tools.AclCommand ;;
    kafka-broker-api-versions.sh) class=org.apache.kafka.tools.BrokerApiVersionsCommand ;;
    kafka-cluster.sh) class=org.apache.kafka.tools.ClusterTool ;;
    kafka-configs.sh) class=kafka.admin.ConfigCommand ;;
    kafka-console-consumer.sh) class=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
    kafka-console-producer.sh) class=org.apache.kafka.tools.ConsoleProducer ;;
    kafka-consumer-groups.sh) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
    kafka-get-offsets.sh) class=org.apache.kafka.tools.GetOffsetShell ;;
    kafka-metadata-quorum.sh) class=org.apache.kafka.tools.MetadataQuorumCommand ;;
    kafka-storage.sh) class=kafka.tools.StorageTool ;;
    kafka-topics.sh) class=org.apache.kafka.tools.TopicCommand ;;
    *)
        class=$1
        shift
        ;;
esac
exec "$JAVA_HOME/bin/java" ${KAFKA_HEAP_OPTS:--Xmx256m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${KAFKA_OPTS:-} \
    "-Dlog4j2.configurationFile=/etc/kafka/docker/tools-log4j2.yaml" -cp "$(</opt/kafka/classpath)" "$class" "$@"
