"""Programme declarations: one short file a programme, each defining `PROGRAMME`.

Left out, because no model ranks for them or the records hold no test: cervix (HPV tests are there, a model of cervical
cancer is not), oesophagus (a model is there, its test is the stomach's gastroscopy).
"""
