"""The stream shared by several processes: a Kafka topic whose partitions each have their own core and snapshot.

    intake log ─ liuke publish ─→ topic, keyed by customer ─→ liuke stream, one of a consumer group
                 (who it is, the clock)                        (per partition: core, snapshot, offset, epoch)

`messages` is what stands in the topic; `publisher` and `publishing` write it; `partition` works on one partition,
whoever brings its messages; `member` takes partitions from the group and gives them back; `running` drives a member.
"""
