from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0015_first_contact_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='streampartition',
            name='read',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='streampartition',
            name='end',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='streampartition',
            name='told_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
