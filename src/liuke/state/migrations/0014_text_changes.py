from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0013_promised_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='TextChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64)),
                ('base', models.TextField(blank=True, default='')),
                ('stage', models.CharField(default='draft', max_length=16)),
                ('author', models.CharField(max_length=150)),
                ('note', models.TextField(blank=True, default='')),
                ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                ('reason', models.TextField(blank=True, default='')),
                ('version', models.IntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('proposed_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('text', models.TextField()),
                ('begun_at', models.DateTimeField()),
                ('what', models.CharField(max_length=16)),
                ('preview', models.JSONField(blank=True, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['what', 'code', 'stage'], name='text_change_code'),
                    models.Index(fields=['what', 'stage', 'changed_at'], name='text_change_stage'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('stage__in', ('draft', 'proposed', 'approved', 'refused', 'replaced', 'discarded'))), name='text_change_stage_known'),
                    models.CheckConstraint(condition=models.Q(('what__in', ('campaign', 'offer'))), name='text_change_what_known'),
                    models.CheckConstraint(condition=models.Q(('author', models.F('decided_by')), _negated=True), name='text_change_four_eyes'),
                    models.CheckConstraint(condition=models.Q(models.Q(('stage', 'approved'), _negated=True), models.Q(('decided_by', ''), _negated=True), _connector='OR'), name='text_change_by_somebody'),
                ],
            },
        ),
    ]
