"""Kept questions about behaviour, and their versions."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0017_experiments'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnalysisView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('name', models.CharField(max_length=80)),
                ('text', models.TextField()),
                ('owner', models.CharField(max_length=150)),
                ('version', models.IntegerField(default=1)),
                ('shared', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('gone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['owner', 'gone_at'], name='analysis_view_owner'), models.Index(fields=['shared', 'gone_at'], name='analysis_view_shared')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ('funnel', 'retention', 'paths', 'distribution'))), name='analysis_view_kind_known'), models.CheckConstraint(condition=models.Q(('owner', ''), _negated=True), name='analysis_view_has_owner')],
            },
        ),
        migrations.CreateModel(
            name='AnalysisViewVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('name', models.CharField(max_length=80)),
                ('text', models.TextField()),
                ('shared', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('view', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='state.analysisview')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('view', 'version'), name='analysis_view_version_once')],
            },
        ),
    ]
