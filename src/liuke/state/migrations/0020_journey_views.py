"""Questions about journeys are kept, too."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0019_applications'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='analysisview',
            name='analysis_view_kind_known',
        ),
        migrations.AddConstraint(
            model_name='analysisview',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('funnel', 'retention', 'paths', 'distribution', 'journey'))), name='analysis_view_kind_known'),
        ),
    ]
