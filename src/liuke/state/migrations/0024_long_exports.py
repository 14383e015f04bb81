"""Long lists are let go by a second person."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0023_segment_texts'),
    ]

    operations = [
        migrations.CreateModel(
            name='LongExport',
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
                ('rows', models.IntegerField()),
                ('definition', models.CharField(max_length=64)),
                ('spent_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['stage', '-proposed_at'], name='long_export_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('stage__in', ('draft', 'proposed', 'approved', 'refused', 'replaced', 'discarded'))), name='long_export_stage_known'), models.UniqueConstraint(condition=models.Q(('stage', 'proposed')), fields=('code', 'author'), name='long_export_asked_once')],
            },
        ),
    ]
