from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0021_sign_in'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='textchange',
            name='text_change_what_known',
        ),
        migrations.AddConstraint(
            model_name='textchange',
            constraint=models.CheckConstraint(condition=models.Q(('what__in', ('campaign', 'offer', 'experiment', 'segment'))), name='text_change_what_known'),
        ),
    ]
